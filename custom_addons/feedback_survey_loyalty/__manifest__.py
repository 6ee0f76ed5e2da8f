{
    "name": "Feedback Survey: Loyalty",
    "summary": "Points and coupons make up for a complaint",
    "version": "19.0.1.0.0",
    "author": "Customer Suite Contributors",
    "website": "https://github.com/customer-suite/customer-suite",
    "license": "LGPL-3",
    "category": "Marketing/Surveys",
    "depends": ["feedback_survey", "loyalty_program"],
    "data": ["views/feedback_case_views.xml"],
    "auto_install": True,
}
