"""An edited sequence as a value: its history, what the editor sends, what is saved, and an edit in words."""
