"""What must not leave: identifiers, small cells, and the gate that looks for them."""
