"""In Odoo's shell: companies for the tests, which every app has set up already.

Each test class works in a company of its own, and rolls back what it did to it. Until
one is taken it is archived, so that nothing computes anything for it.
"""

companies = env["res.company"].create(  # noqa: F821 - given by the shell
    [{"name": f"Spare Company {number}"} for number in range(1, 4)]
)
if "stock.warehouse" in env:  # noqa: F821
    # which Odoo makes by itself only while a test runs
    env["stock.warehouse"].create([{"company_id": id_} for id_ in companies.ids])  # noqa: F821
companies.active = False
env.cr.commit()  # noqa: F821
