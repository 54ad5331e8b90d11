"""CloudFormation templates as text, intrinsic functions and parameters: what stacks and conformance packs share."""
