from . import message, portal, referral, transfer
