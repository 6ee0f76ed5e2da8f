A payment that is begun holds the last piece of a limited reward, in portal, shop and by link.
