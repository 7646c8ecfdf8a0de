"""Results as plotly figures. Knows no model and no data source; every figure has a title, axis names and units."""
