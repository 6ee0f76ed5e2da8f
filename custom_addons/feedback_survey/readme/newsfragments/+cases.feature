Bad answers open cases with owner, cause and deadline; a case closes when the customer was told.
