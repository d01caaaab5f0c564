"""Which steps fix a finding here."""
