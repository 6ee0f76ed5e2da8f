{
    "name": "Loyalty Program: Web Shop",
    "summary": "What an order will earn, and the member's points, in the web shop",
    "version": "19.0.1.0.0",
    "author": "Customer Suite Contributors",
    "website": "https://github.com/customer-suite/customer-suite",
    "license": "LGPL-3",
    "category": "Website/Website",
    "depends": ["loyalty_program", "website_sale_loyalty"],
    "data": ["views/website_sale_templates.xml"],
    "assets": {
        "web.assets_frontend": [
            "loyalty_program_website_sale/static/src/**/*",
        ],
    },
    "auto_install": True,
}
