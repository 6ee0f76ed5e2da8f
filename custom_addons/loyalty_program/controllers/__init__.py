from . import portal, referral, transfer
