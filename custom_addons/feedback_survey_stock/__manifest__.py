{
    "name": "Feedback Survey: Deliveries",
    "summary": "Ask customers after the goods have arrived",
    "version": "19.0.1.0.0",
    "author": "Customer Suite Contributors",
    "website": "https://github.com/customer-suite/customer-suite",
    "license": "LGPL-3",
    "category": "Marketing/Surveys",
    "depends": ["feedback_survey", "sale_stock"],
    "data": ["data/feedback_rule_data.xml"],
    "auto_install": True,
}
