"""Prints a CloudFormation template with the SSM document and the IAM policies in it, for cfn-lint to hold against
AWS's own schemas. Nothing is deployed from it."""

import json
import pathlib

import yaml

EC2 = pathlib.Path(__file__).parent / "ec2"


def policy(name):
    text = (EC2 / "iam" / f"{name}.json").read_text()
    filled = text.replace("REGION", "us-east-1").replace("ACCOUNT_ID", "123456789012").replace("BUCKET", "my-releases")
    return {
        "Type": "AWS::IAM::ManagedPolicy",
        "Properties": {"PolicyDocument": json.loads(filled)},
    }


document = {
    "Type": "AWS::SSM::Document",
    "Properties": {
        "DocumentType": "Command",
        "Content": yaml.safe_load((EC2 / "ssm" / "llmbench-runner.yaml").read_text()),
    },
}
print(
    json.dumps(
        {
            "Resources": {
                "Document": document,
                "InstancePolicy": policy("instance-policy"),
                "OperatorPolicy": policy("operator-policy"),
            }
        }
    )
)
