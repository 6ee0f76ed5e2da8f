Rules ask customers after orders, invoices, closed cases and stages, or in waves; each request is listed, and one that is not sent says why.
