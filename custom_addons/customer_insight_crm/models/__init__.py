from . import (
    calendar_attendee,
    customer_interaction,
    customer_interaction_log,
    customer_profile,
)
