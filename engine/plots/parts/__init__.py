"""What several figures are made of: theme, logo, rows of tracks, drawings for print."""
