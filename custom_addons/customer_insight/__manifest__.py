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
    ],
    "application": True,
}
