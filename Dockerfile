# The official Odoo image with the Python packages of the add-ons. The add-ons themselves
# are mounted (docker-compose.yml), so that a new version of theirs needs no new image.
FROM odoo:19.0

USER root
# Into the system's Python, which runs Odoo; nothing of Debian's is replaced.
COPY requirements-addons.txt /tmp/requirements-addons.txt
RUN pip3 install --no-cache-dir --break-system-packages \
        -r /tmp/requirements-addons.txt \
    && rm /tmp/requirements-addons.txt

USER odoo
ENV ODOO_ADDONS_PATH=/mnt/extra-addons \
    ODOO_DATA_DIR=/var/lib/odoo \
    ODOO_HTTP_INTERFACE=0.0.0.0
