"""In Odoo's shell: the night's work, so that past months are there at first sight."""

for job in ("refresh_all", "refresh_segments"):
    cron = env.ref(f"customer_insight.ir_cron_{job}", raise_if_not_found=False)
    if cron:
        cron.method_direct_trigger()
        env.cr.commit()
