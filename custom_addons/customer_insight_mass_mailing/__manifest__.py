{
    "name": "Customer Insight: Email Marketing",
    "summary": "Mailings sent, opened and clicked on the customer's timeline",
    "version": "19.0.1.0.0",
    "author": "Customer Suite Contributors",
    "website": "https://github.com/customer-suite/customer-suite",
    "license": "LGPL-3",
    "category": "Sales/CRM",
    "depends": ["customer_insight", "mass_mailing"],
    "data": ["views/customer_analysis_coverage_views.xml"],
    "auto_install": True,
}
