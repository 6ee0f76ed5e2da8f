{
    "name": "Loyalty Program: Point of Sale",
    "summary": "Points earned and spent at the counter go through the ledger",
    "version": "19.0.1.0.0",
    "author": "Customer Suite Contributors",
    "website": "https://github.com/customer-suite/customer-suite",
    "license": "LGPL-3",
    "category": "Sales/Point of Sale",
    "depends": ["loyalty_program", "pos_loyalty"],
    "auto_install": True,
}
