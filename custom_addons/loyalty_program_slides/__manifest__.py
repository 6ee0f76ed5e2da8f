{
    "name": "Loyalty Program: Courses",
    "summary": "Points for members who finish a course",
    "version": "19.0.1.0.0",
    "author": "Customer Suite Contributors",
    "website": "https://github.com/customer-suite/customer-suite",
    "license": "LGPL-3",
    "category": "Website/eLearning",
    "depends": ["loyalty_program", "customer_insight_slides"],
    "data": ["views/loyalty_earning_rule_views.xml"],
    "auto_install": True,
}
