from . import customer_report_wizard, feedback_case_tell, feedback_entry
