{
    "name": "Customer Insight: Courses",
    "summary": "Courses on the customer's timeline, and as a step of playbooks",
    "version": "19.0.1.0.0",
    "author": "Customer Suite Contributors",
    "website": "https://github.com/customer-suite/customer-suite",
    "license": "LGPL-3",
    "category": "Website/eLearning",
    "depends": ["customer_insight", "website_slides"],
    "data": ["views/customer_playbook_views.xml"],
    "auto_install": True,
}
