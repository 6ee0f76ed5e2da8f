{
    "name": "Customer Insight: Website",
    "summary": "Visits to the website on the timeline and in segments",
    "version": "19.0.1.0.0",
    "author": "Customer Suite Contributors",
    "website": "https://github.com/customer-suite/customer-suite",
    "license": "LGPL-3",
    "category": "Sales/CRM",
    "depends": ["customer_insight", "website"],
    "data": ["views/customer_segment_views.xml"],
    "auto_install": True,
}
