from . import (
    customer_interaction,
    customer_playbook,
    customer_playbook_step,
    event_event,
    event_registration,
)
