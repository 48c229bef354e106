"""report.html: one offline page that a person reads in half a minute."""
