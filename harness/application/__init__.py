"""Applications of others: what is known of one, how it is asked, called and described in a file."""
