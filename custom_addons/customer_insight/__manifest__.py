{
    "name": "Customer Insight",
    "summary": "Know your customers: purchases, RFM, value, lifecycle and reports",
    "version": "19.0.1.0.0",
    "author": "Customer Suite Contributors",
    "website": "https://github.com/customer-suite/customer-suite",
    "license": "LGPL-3",
    "category": "Sales/CRM",
    "depends": ["sale"],
    "external_dependencies": {"python": ["xlsxwriter"]},
    "data": [
        "security/customer_insight_groups.xml",
        "security/ir.model.access.csv",
        "security/customer_insight_rules.xml",
        "data/customer_segment_data.xml",
        "data/ir_cron_data.xml",
        "wizard/customer_report_wizard_views.xml",
        "views/customer_purchase_views.xml",
        "views/customer_profile_views.xml",
        "views/customer_segment_views.xml",
        "views/customer_scoring_views.xml",
        "views/res_partner_views.xml",
        "views/res_config_settings_views.xml",
        "views/customer_insight_menus.xml",
    ],
    "assets": {
        "web.assets_backend": [
            "customer_insight/static/src/**/*",
        ],
        "web.assets_tests": [
            "customer_insight/static/tests/tours/**/*",
        ],
        "web.assets_unit_tests": [
            "customer_insight/static/tests/fields/**/*.test.js",
        ],
    },
    "application": True,
}
