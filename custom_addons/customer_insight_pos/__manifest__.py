{
    "name": "Customer Insight: Point of Sale",
    "summary": "Purchases at the counter count and stand on the timeline",
    "version": "19.0.1.0.0",
    "author": "Customer Suite Contributors",
    "website": "https://github.com/customer-suite/customer-suite",
    "license": "LGPL-3",
    "category": "Sales/CRM",
    "depends": ["customer_insight", "point_of_sale"],
    "auto_install": True,
}
