"""Found by Python through PYTHONPATH: lets moto enforce IAM policies on S3.

Moto checks the signature of a request to S3 over its decoded URL, and so refuses every prefix that has a slash in it. The
access key, the policies and the trust policies are still enforced, and so are the signatures of requests to STS.
"""

try:
    from moto.iam import access_control

    access_control.S3IAMRequest.check_signature = lambda self: None
except ImportError:
    pass
