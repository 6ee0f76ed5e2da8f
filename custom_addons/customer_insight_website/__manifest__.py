{
    "name": "Customer Insight: Website",
    "summary": "Visits to the website on the customer's timeline",
    "version": "19.0.1.0.0",
    "author": "Customer Suite Contributors",
    "website": "https://github.com/customer-suite/customer-suite",
    "license": "LGPL-3",
    "category": "Sales/CRM",
    "depends": ["customer_insight", "website"],
    "auto_install": True,
}
