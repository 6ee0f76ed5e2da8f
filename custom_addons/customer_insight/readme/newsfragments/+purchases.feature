One definition of a purchase: confirmed orders or posted invoices, less credit notes, untaxed and in company currency. Every screen and report reads it, and each row opens its document.
