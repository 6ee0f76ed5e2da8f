from . import feedback_case_tell, feedback_entry
