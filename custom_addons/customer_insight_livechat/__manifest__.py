{
    "name": "Customer Insight: Live Chat",
    "summary": "Live chats on the customer's timeline",
    "version": "19.0.1.0.0",
    "author": "Customer Suite Contributors",
    "website": "https://github.com/customer-suite/customer-suite",
    "license": "LGPL-3",
    "category": "Sales/CRM",
    "depends": ["customer_insight", "im_livechat"],
    "auto_install": True,
}
