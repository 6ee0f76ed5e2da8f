{
    "name": "Customer Insight: Email Marketing",
    "summary": "Mailings to segments, their results, and mailings on the timeline",
    "version": "19.0.1.0.0",
    "author": "Customer Suite Contributors",
    "website": "https://github.com/customer-suite/customer-suite",
    "license": "LGPL-3",
    "category": "Sales/CRM",
    "depends": ["customer_insight", "mass_mailing"],
    "data": [
        "views/customer_analysis_campaign_views.xml",
        "views/customer_analysis_coverage_views.xml",
        "views/mailing_mailing_views.xml",
        "views/utm_campaign_views.xml",
    ],
    "auto_install": True,
}
