"""All that is known of one edited sequence, and what is written of it."""
