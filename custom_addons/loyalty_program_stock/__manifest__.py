{
    "name": "Loyalty Program: Stock",
    "summary": "Points follow deliveries and returned goods",
    "version": "19.0.1.0.0",
    "author": "Customer Suite Contributors",
    "website": "https://github.com/customer-suite/customer-suite",
    "license": "LGPL-3",
    "category": "Sales/Sales",
    "depends": ["loyalty_program", "sale_stock"],
    "auto_install": True,
}
