An offer for the first purchase ends with the first order of any channel, also on older quotations; playbooks give it once, to prospects.
