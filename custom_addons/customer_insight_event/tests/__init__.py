from . import test_customer_interaction, test_invitation
