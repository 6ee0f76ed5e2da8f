from . import customer_report_wizard
