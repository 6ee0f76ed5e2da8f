{
    "name": "Customer Insight: Events",
    "summary": "Events for segments: who was invited and came, and what came of it",
    "version": "19.0.1.0.0",
    "author": "Customer Suite Contributors",
    "website": "https://github.com/customer-suite/customer-suite",
    "license": "LGPL-3",
    "category": "Marketing/Events",
    "depends": ["customer_insight", "event"],
    "data": [
        "data/mail_template_data.xml",
        "views/customer_playbook_views.xml",
        "views/event_event_views.xml",
    ],
    "auto_install": True,
}
