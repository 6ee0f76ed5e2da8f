A mailing is suggested to a segment whose demand rises without a campaign.
