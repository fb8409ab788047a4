"""Class of a report 事项类别: features, linear models, calibration, reasons; no Django, no database."""
