from . import (
    customer_interaction,
    customer_playbook,
    customer_playbook_step,
    slide_channel_partner,
)
