"""What kdoctor adds where it is called from a notebook: the state of the kernel, its cells, the card."""
