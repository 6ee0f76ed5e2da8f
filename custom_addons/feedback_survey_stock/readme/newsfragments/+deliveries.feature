Deliveries are an event of feedback rules.
