What if: other points per purchase, borders or periods of tiers, tried out on what members really did: who would hold which tier, how many points more and what they cost.
