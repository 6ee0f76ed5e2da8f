from . import feedback_entry
