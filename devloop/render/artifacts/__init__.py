"""What a command writes into files beside the screen: transcripts and reports."""
