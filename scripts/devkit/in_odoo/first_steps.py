"""In Odoo's shell: what makes a fresh copy of the template a database of its own."""

# A copy shares its identity and its secret with the template until it gets new ones.
env["ir.config_parameter"].init(force=True)  # noqa: F821 - given by the shell
# The real data are sales of two American shops, in dollars.
env.company.write(  # noqa: F821
    {
        "country_id": env.ref("base.us").id,  # noqa: F821
        "currency_id": env.ref("base.USD").id,  # noqa: F821
    }
)
env.cr.commit()  # noqa: F821
