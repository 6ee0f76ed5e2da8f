A quotation says what it will earn.
