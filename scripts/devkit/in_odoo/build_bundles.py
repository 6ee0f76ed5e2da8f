"""In Odoo's shell: build the asset bundles that pages and tours ask for.

Bundles built inside a test are rolled back with it, so each test would build them
again. Scripts and styles are built apart, as a page asks for them: bundles made with
both get another version and are never used.
"""

qweb = env["ir.qweb"]  # noqa: F821 - given by the shell
for bundle in ("web.assets_web", "web.assets_frontend", "web.assets_tests"):
    qweb._get_asset_bundle(bundle, css=False, js=True).js()
for bundle in (
    "web.assets_web",
    "web.assets_web_print",
    "web.assets_frontend",
    "web.assets_tests",
):
    qweb._get_asset_bundle(bundle, css=True, js=False).css()
env.cr.commit()  # noqa: F821
