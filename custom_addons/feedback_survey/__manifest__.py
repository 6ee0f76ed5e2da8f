{
    "name": "Feedback Survey",
    "summary": "Hear your customers: NPS, satisfaction and effort, honestly counted",
    "version": "19.0.1.0.0",
    "author": "Customer Suite Contributors",
    "website": "https://github.com/customer-suite/customer-suite",
    "license": "LGPL-3",
    "category": "Marketing/Surveys",
    "depends": ["customer_insight", "survey"],
    "data": [
        "security/feedback_survey_groups.xml",
        "security/ir.model.access.csv",
        "security/feedback_survey_rules.xml",
        "data/feedback_dimension_data.xml",
        "data/survey_survey_data.xml",
        "wizard/feedback_entry_views.xml",
        "views/feedback_answer_views.xml",
        "views/feedback_dimension_views.xml",
        "views/survey_question_views.xml",
        "views/survey_survey_views.xml",
        "views/res_partner_views.xml",
        "views/res_config_settings_views.xml",
        "views/feedback_survey_menus.xml",
    ],
    "assets": {
        "web.assets_backend": [
            "feedback_survey/static/src/**/*",
        ],
        "web.assets_tests": [
            "feedback_survey/static/tests/tours/**/*",
        ],
    },
    "application": True,
}
